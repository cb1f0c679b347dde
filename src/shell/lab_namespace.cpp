#include "shell/lab_namespace.hpp"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <cerrno>

#include "dyad/base/ensure.hpp"
#include "shell/files.hpp"

namespace dyad::shell {

namespace {

/// Of the calling thread: a namespace is entered by one thread alone.
Fd open_current() { return Fd{::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)}; }

}  // namespace

NetNamespace NetNamespace::create() {
    NetNamespace made;
    const auto before = open_current();
    if (!before.open() || ::unshare(CLONE_NEWNET) != 0) return made;
    made.fd_ = open_current();
    ensure(::setns(before.get(), CLONE_NEWNET) == 0);
    return made;
}

NetNamespace NetNamespace::current() {
    NetNamespace here;
    here.fd_ = open_current();
    return here;
}

void NetNamespace::inside(const std::function<void()>& work) const {
    const auto before = open_current();
    ensure(before.open() && ::setns(fd(), CLONE_NEWNET) == 0);
    work();
    ensure(::setns(before.get(), CLONE_NEWNET) == 0);
}

int set_sysctl(const NetNamespace& where, const std::string& name, const std::string& value) {
    auto path = name;
    std::ranges::replace(path, '.', '/');
    int error = 0;
    where.inside([&] { error = write_existing("/proc/sys/" + path, value); });
    return error;
}

}  // namespace dyad::shell
