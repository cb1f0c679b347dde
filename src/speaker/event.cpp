#include "dyad/speaker/event.hpp"

#include "dyad/base/overloaded.hpp"

namespace dyad::speaker {
std::string_view event_id(const EventKind& kind) {
    return std::visit(Overloaded{
                          [](const SessionEstablished&) { return "session.established"; },
                          [](const SessionDown&) { return "session.down"; },
                          [](const SessionFailed&) { return "session.failed"; },
                          [](const TableReceived&) { return "session.table_received"; },
                          [](const RoutesRetained&) { return "restart.retained"; },
                          [](const RoutesReleased&) { return "restart.released"; },
                          [](const RefreshSwept&) { return "refresh.swept"; },
                          [](const RefreshIgnored&) { return "refresh.ignored"; },
                          [](const SessionRekeyed&) { return "session.rekeyed"; },
                          [](const RedundancyChanged&) { return "peering.redundancy"; },
                          [](const LinksDiffer&) { return "links.differ"; },
                          [](const LinksAgree&) { return "links.agree"; },
                          [](const MaintenanceSuspected&) { return "maintenance.suspected"; },
                          [](const MaintenanceOver&) { return "maintenance.over"; },
                          [](const LinkQuiet&) { return "link.quiet"; },
                          [](const LinkQuietOver&) { return "link.quiet_over"; },
                          [](const PreferencesDiffer&) { return "links.preferences_differ"; },
                          [](const BackupActive&) { return "backup.active"; },
                          [](const BackupOver&) { return "backup.over"; },
                          [](const BackupLonger&) { return "backup.longer"; },
                          [](const LinkDraining&) { return "link.draining"; },
                          [](const LinkDrained&) { return "link.drained"; },
                          [](const LinkUndrained&) { return "link.undrained"; },
                          [](const DrillBegan&) { return "drill.began"; },
                          [](const DrillAborted&) { return "drill.aborted"; },
                          [](const DrillOver&) { return "drill.over"; },
                          [](const GuardRejected&) { return "guard.rejected"; },
                          [](const RoutesVanished&) { return "routes.vanished"; },
                          [](const RoutesBack&) { return "routes.back"; },
                          [](const NothingReceived&) { return "routes.none"; },
                          [](const RegisteredDiffer&) { return "registered.differ"; },
                          [](const AddressesSwapped&) { return "address.swapped"; },
                          [](const ConditionChanged& e) {
                              if (e.present) return "condition.met";
                              return e.advertised ? "condition.kept" : "condition.withdrawn";
                          },
                          [](const LinkChanged&) { return "link.changed"; },
                          [](const UpdateDamaged&) { return "update.damaged"; },
                          [](const ReceiveLimit&) { return "limit.received"; },
                          [](const PathIgnored&) { return "path.ignored"; },
                          [](const LimitWarning&) { return "limit.warning"; },
                          [](const LimitWithheld&) { return "limit.withheld"; },
                          [](const LimitCleared&) { return "limit.cleared"; },
                          [](const LimitUnion&) { return "limit.union"; },
                          [](const LimitLearned&) { return "limit.learned"; },
                          [](const LimitForgotten&) { return "limit.forgotten"; },
                          [](const FibMoved&) { return "fib.moved"; },
                          [](const FibFailed&) { return "fib.failed"; },
                          [](const FibConflict&) { return "fib.conflict"; },
                          [](const FibTouched&) { return "fib.touched"; },
                          [](const FibAdopted&) { return "fib.adopted"; },
                          [](const FibSwept&) { return "fib.swept"; },
                          [](const BfdUp&) { return "bfd.up"; },
                          [](const BfdDown&) { return "bfd.down"; },
                          [](const BfdUnanswered&) { return "bfd.unanswered"; },
                          [](const ListenerFailed&) { return "listener.failed"; },
                          [](const ConfigLoaded&) { return "config.reloaded"; },
                          [](const ConfigRefused&) { return "config.refused"; },
                          [](const Started&) { return "daemon.started"; },
                          [](const Stopping&) { return "daemon.stopping"; },
                      },
                      kind);
}

EventLevel event_level(const EventKind& kind) {
    return std::visit(
        Overloaded{
            [](const SessionDown&) { return EventLevel::Error; },
            [](const SessionFailed&) { return EventLevel::Warning; },
            [](const RedundancyChanged& change) {
                return change.after == "full" ? EventLevel::Info : EventLevel::Warning;
            },
            [](const LinksDiffer&) { return EventLevel::Warning; },
            [](const MaintenanceSuspected&) { return EventLevel::Warning; },
            [](const LinkQuiet&) { return EventLevel::Warning; },
            [](const PreferencesDiffer&) { return EventLevel::Warning; },
            [](const BackupActive&) { return EventLevel::Warning; },
            [](const BackupLonger&) { return EventLevel::Warning; },
            [](const LinkDraining&) { return EventLevel::Warning; },
            [](const DrillBegan&) { return EventLevel::Warning; },
            [](const DrillAborted&) { return EventLevel::Error; },
            [](const DrillOver& drill) { return drill.outcome == "passed" ? EventLevel::Info : EventLevel::Error; },
            [](const GuardRejected&) { return EventLevel::Warning; },
            [](const RoutesVanished&) { return EventLevel::Error; },
            [](const NothingReceived& none) { return none.expected ? EventLevel::Warning : EventLevel::Info; },
            [](const RegisteredDiffer&) { return EventLevel::Warning; },
            [](const AddressesSwapped&) { return EventLevel::Error; },
            [](const ConditionChanged& e) {
                if (e.present) return EventLevel::Info;
                return e.advertised ? EventLevel::Warning : EventLevel::Error;
            },
            [](const LinkChanged& change) { return change.carrier ? EventLevel::Info : EventLevel::Error; },
            [](const UpdateDamaged&) { return EventLevel::Warning; },
            [](const RoutesRetained&) { return EventLevel::Warning; },
            [](const RefreshIgnored&) { return EventLevel::Warning; },
            [](const ReceiveLimit& limit) { return limit.ends ? EventLevel::Error : EventLevel::Warning; },
            [](const PathIgnored&) { return EventLevel::Warning; },
            [](const LimitWarning&) { return EventLevel::Warning; },
            [](const LimitUnion&) { return EventLevel::Warning; },
            [](const LimitWithheld&) { return EventLevel::Error; },
            [](const LimitLearned&) { return EventLevel::Error; },
            [](const FibFailed&) { return EventLevel::Error; },
            [](const FibConflict&) { return EventLevel::Error; },
            [](const FibTouched&) { return EventLevel::Warning; },
            [](const BfdDown& down) { return down.path_failed ? EventLevel::Error : EventLevel::Warning; },
            [](const BfdUnanswered&) { return EventLevel::Warning; },
            [](const ListenerFailed&) { return EventLevel::Error; },
            [](const ConfigRefused&) { return EventLevel::Error; },
            [](const auto&) { return EventLevel::Info; },
        },
        kind);
}

std::string_view event_subject(const EventKind& kind) {
    return std::visit(
        [](const auto& event) -> std::string_view {
            if constexpr (requires { event.session; }) return event.session;
            if constexpr (requires { event.peering; }) return event.peering;
            return "";
        },
        kind);
}

}  // namespace dyad::speaker
