#pragma once
#include <functional>
#include <string>

#include "shell/fd.hpp"

namespace dyad::shell {

/// A network namespace of our own, held by a descriptor: it has no name in the file system and is gone when nobody
/// is in it any more.
class NetNamespace {
public:
    /// A fresh one, with its loopback interface down. Not open where the kernel refuses; errno says why.
    static NetNamespace create();
    /// The one this thread is in.
    static NetNamespace current();

    bool open() const { return fd_.open(); }
    int fd() const { return fd_.get(); }
    /// Does this inside the namespace: sockets it opens and sysctls it writes are the namespace's.
    void inside(const std::function<void()>& work) const;

private:
    Fd fd_;
};

/// "net.ipv4.ip_forward" = "1", in the namespace. 0 or an errno.
int set_sysctl(const NetNamespace& where, const std::string& name, const std::string& value);

}  // namespace dyad::shell
