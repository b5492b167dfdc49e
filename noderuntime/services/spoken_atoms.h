// Atoms that nodes of OTP send to each other on their own, in messages of `global`,
// net_kernel, rpc and logger.
#pragma once

#include <string_view>

namespace noderuntime {

// They exist from the start. When the table of atoms is full, a message with an unknown atom ends its
// connection, and a new node must be able to send these. Source: kernel's global.erl, net_kernel.erl,
// rpc.erl, erpc.erl, logger_backend.erl of OTP 25.
inline constexpr std::string_view spoken_atoms[] = {
    // clang-format off
    // global
    "added", "add_to_known", "async_del_lock", "async_del_name", "cancel_connect", "cancel_the_lock", "cancel_the_locker",
    "connection_id", "del_lock", "del_name", "delete_global_name", "delete_name", "disconnect_node", "do_ops", "exchange",
    "exchange_ops", "extra_nodedown", "get_known", "get_protocol_version", "get_names_ext", "get_synced", "global",
    "global_group", "global_name_conflict", "global_name_server", "group_nodedown", "group_nodeup", "high_level_trace_get",
    "his_the_locker", "in_sync", "init_connect", "init_connect_ack", "ins_lock", "ins_name", "ins_name_ext", "insert", "known",
    "lock_id", "lock_is_set", "lock_rejected", "lock_set", "lock_sync_done", "locker", "locker_died", "locker_failed",
    "locker_succeeded", "lost_connection", "missing_nodedown", "new_nodes", "new_resolver", "no_longer_a_pid", "nodes_changed",
    "not_connected", "notify_all_name", "ops", "pending", "pre_connect", "prepare_shutdown", "prot_vsn", "random_exit_name",
    "random_notify_name", "re_register_name", "register", "register_ext", "register_name", "register_name_external",
    "registrar", "registrar_died", "rem_lock", "remove_connection", "remove_from_known", "resolve", "resolved", "resolver",
    "save_ops", "set_lock", "sync", "sync_tag_his", "sync_tag_my", "synced", "trans_all_known", "unregister",
    "unregister_name", "wait_lock", "whereis",
    // net_kernel, auth, the processes that nodes know of each other
    "auth", "connect", "disconnect", "is_auth", "net_kernel", "nodedown", "nodedown_reason", "nodeup", "node_type", "passive",
    "standard_node", "hidden", "visible", "normal", "killed", "shutdown", "noconnection", "noproc", "connection_closed",
    "disconnect", "net_tick_timeout", "net_kernel_terminated", "no_network", "send_net_tick_failed", "get_status_failed",
    // rpc, erpc, gen
    "$gen_call", "$gen_cast", "alias", "badrpc", "call", "cast", "block_call", "erpc", "execute_call", "execute_cast",
    "features_reply", "features_request", "return", "exception", "throw", "error", "exit", "rex", "rex_nocaller", "sbcast",
    "stop", "timeout", "true", "false", "undefined", "infinity", "monitor", "link", "reply", "reply_demonitor", "reply_tag",
    "spawn_reply", "error_only", "no", "yes", "ok",
    // logger, error_logger, user
    "logger_proxy", "log", "debug", "info", "notice", "warning", "critical", "alert", "emergency", "report", "report_cb",
    "error_logger", "emulator", "gl", "pid", "time", "mfa", "file", "line", "domain", "otp", "sasl", "supervisor_report",
    "crash_report", "tag", "label", "format", "args", "logger_formatter", "single_line", "io_request", "io_reply",
    "put_chars", "unicode", "latin1", "requests", "getopts", "setopts", "get_geometry", "columns", "rows",
    // clang-format on
};

}  // namespace noderuntime
