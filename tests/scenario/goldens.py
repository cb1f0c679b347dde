#!/usr/bin/env python3
"""goldens.py DYAD STORIES: whatever `dyad` can print as a table or as JSON, some story's golden file holds, in both forms.

What the program's help names is what there is; stories ask by lines `dyad WORDS`. That they print what `expected` says, each story's own test shows."""
import pathlib
import re
import subprocess
import sys

# They run, or play; what `version` and `help` print changes with every release and every verb.
OTHERS = {"run", "demo", "msee", "version", "help"}
# The same as another.
ALIASES = {"show": "show summary"}


def verbs(dyad):
    text = subprocess.run([dyad, "help"], capture_output=True, text=True, check=True).stdout
    found = re.findall(r"^  ((?:show )?[a-z][a-z-]*)\b", text, re.M)
    return [verb for verb in dict.fromkeys(found) if verb not in OTHERS]


def asked(stories):
    """Verb -> the forms in which some story asks."""
    forms = {}
    for script in pathlib.Path(stories).glob("*/script"):
        for line in script.read_text().splitlines():
            if not line.startswith("dyad "):
                continue
            words = line.split()[1:]
            verb = " ".join(words[:2]) if words[0] == "show" and len(words) > 1 and not words[1].startswith("-") else words[0]
            forms.setdefault(ALIASES.get(verb, verb), set()).add("json" if "--json" in words else "text")
    return forms


def main(dyad, stories):
    there, forms = verbs(dyad), asked(stories)
    missing = [f"{verb} as {form}" for verb in there if verb not in ALIASES for form in ("text", "json") if form not in forms.get(verb, ())]
    print(f"{len(there)} verbs, {sum(len(found) for found in forms.values())} golden forms; missing: {', '.join(missing) or 'none'}")
    return bool(missing) or len(there) < 20


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
