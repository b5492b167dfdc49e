// Atoms that the program's own code names; their indexes are known at compile time.
#pragma once

#include "noderuntime/term/layout.h"

namespace noderuntime {

// X(C++ name, text). Row 0 is the empty atom. Add a row for each new name, next to its family.
// clang-format off
#define NODERUNTIME_ATOMS(X) \
  X(empty, "") X(true_, "true") X(false_, "false") X(ok, "ok") X(error, "error") X(exit, "exit") \
  X(throw_, "throw") X(undefined, "undefined") X(normal, "normal") X(kill, "kill") X(killed, "killed") \
  X(noproc, "noproc") X(noconnection, "noconnection") X(nodedown, "nodedown") X(nodeup, "nodeup") \
  X(shutdown, "shutdown") X(infinity, "infinity") X(timeout, "timeout") X(timeout_value, "timeout_value") \
  X(badarg, "badarg") X(badarith, "badarith") X(badmatch, "badmatch") X(badfun, "badfun") \
  X(badarity, "badarity") X(badmap, "badmap") X(badkey, "badkey") X(case_clause, "case_clause") \
  X(if_clause, "if_clause") X(function_clause, "function_clause") X(try_clause, "try_clause") \
  X(else_clause, "else_clause") X(badrecord, "badrecord") X(nocatch, "nocatch") X(undef, "undef") \
  X(system_limit, "system_limit") X(notsup, "notsup") X(badopt, "badopt") X(badfile, "badfile") \
  X(EXIT, "EXIT") X(DOWN, "DOWN") X(process, "process") X(port, "port") X(file, "file") X(line, "line") \
  X(error_info, "error_info") X(link, "link") X(monitor, "monitor") X(alias, "alias") \
  X(reply_demonitor, "reply_demonitor") X(demonitor, "demonitor") X(tag, "tag") X(priority, "priority") \
  X(low, "low") X(high, "high") X(max, "max") X(flush, "flush") X(info, "info") X(reply, "reply") \
  X(reply_tag, "reply_tag") X(success_only, "success_only") X(error_only, "error_only") X(spawn_reply, "spawn_reply") X(min_heap_size, "min_heap_size") \
  X(min_bin_vheap_size, "min_bin_vheap_size") X(max_heap_size, "max_heap_size") \
  X(message_queue_data, "message_queue_data") X(fullsweep_after, "fullsweep_after") \
  X(scheduler, "scheduler") X(async_dist, "async_dist") X(trap_exit, "trap_exit") X(erlang, "erlang") \
  X(apply, "apply") X(erpc, "erpc") X(execute_call, "execute_call") X(execute_cast, "execute_cast") \
  X(rpc, "rpc") X(rex, "rex") X(net_kernel, "net_kernel") X(global_name_server, "global_name_server") \
  X(init, "init") X(user, "user") X(logger, "logger") X(logger_proxy, "logger_proxy") X(lists, "lists") \
  X(maps, "maps") X(math, "math") X(io, "io") X(gen_call, "$gen_call") X(gen_cast, "$gen_cast") \
  X(is_auth, "is_auth") X(yes, "yes") X(no, "no") X(rex_features_request, "features_request") \
  X(features_reply, "features_reply") X(call, "call") X(cast, "cast") X(block_call, "block_call") \
  X(sbcast, "sbcast") X(send, "send") X(send_stdout_to_caller, "send_stdout_to_caller") X(badrpc, "badrpc") \
  X(nonexisting_name, "nonexisting_name") X(init_connect, "init_connect") \
  X(init_connect_ack, "init_connect_ack") X(locker, "locker") X(no_longer_a_pid, "no_longer_a_pid") \
  X(set_lock, "set_lock") X(del_lock, "del_lock") X(lock_set, "lock_set") X(exchange, "exchange") \
  X(resolved, "resolved") X(new_nodes, "new_nodes") X(in_sync, "in_sync") X(register_, "register") \
  X(unregister, "unregister") X(register_ext, "register_ext") X(lost_connection, "lost_connection") \
  X(remove_connection, "remove_connection") X(get_known, "get_known") X(get_synced, "get_synced") \
  X(get_protocol_version, "get_protocol_version") X(get_names_ext, "get_names_ext") X(whereis, "whereis") \
  X(unused, "unused") X(insert, "insert") X(delete_, "delete") X(io_request, "io_request") \
  X(io_reply, "io_reply") X(put_chars, "put_chars") X(unicode, "unicode") X(latin1, "latin1") \
  X(request, "request") X(enotsup, "enotsup") X(return_, "return") X(node, "node") X(nodes, "nodes") \
  X(nonode, "nonode@nohost") X(connect_all, "connect_all") X(visible, "visible") X(hidden, "hidden") \
  X(connected, "connected") X(this_, "this") X(known, "known") X(noprocess, "noprocess") \
  X(nosuspend, "nosuspend") X(noconnect, "noconnect") X(discard, "discard") X(registered_name, "registered_name") \
  X(on_heap, "on_heap") X(off_heap, "off_heap") X(error_handler, "error_handler") X(sensitive, "sensitive") \
  X(save_calls, "save_calls")
// clang-format on

namespace atom_index {
#define NODERUNTIME_ATOM_INDEX(name, text) name,
enum : std::uint32_t { NODERUNTIME_ATOMS(NODERUNTIME_ATOM_INDEX) well_known_count };
#undef NODERUNTIME_ATOM_INDEX
}  // namespace atom_index

namespace atoms {
#define NODERUNTIME_ATOM_CONSTANT(name, text) inline constexpr Atom name = atom_at(atom_index::name);
NODERUNTIME_ATOMS(NODERUNTIME_ATOM_CONSTANT)
#undef NODERUNTIME_ATOM_CONSTANT
}  // namespace atoms

static_assert(Term::boolean(true).is(atoms::true_) && Term::boolean(false).is(atoms::false_));

}  // namespace noderuntime
