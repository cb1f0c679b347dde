"""conf/azure-communities.csv as C++: communities.py FILE.csv FILE.cpp. A line that is not VALUE,NAME,WORDS ends the build."""
import re
import sys

lines = [line for line in open(sys.argv[1]).read().splitlines() if line and not line.startswith("#")][1:]
names = {}
for line in lines:
    found = re.fullmatch(r"(\d+):(\d+),([a-z][a-z0-9.:-]*),[^,]+", line)
    if not found or max(int(found[1]), int(found[2])) > 65535 or found[3] in names:
        sys.exit(f"{sys.argv[1]}: {line}")
    names[found[3]] = int(found[1]) << 16 | int(found[2])
if len(set(names.values())) != len(names):
    sys.exit(f"{sys.argv[1]}: a community has two names")
rows = "\n".join(f'    {{{value:#010x}, "{name}"}},' for name, value in sorted(names.items()))
open(sys.argv[2], "w").write(f"""// Made from conf/azure-communities.csv.
#include "dyad/config/communities.hpp"

namespace dyad::config {{
namespace {{

constexpr CommunityName kNames[] = {{
{rows}
}};

}}  // namespace

std::span<const CommunityName> azure_communities() {{ return kNames; }}

}}  // namespace dyad::config
""")
