// The modules that speak for the node: only this node's own versions of them exist here;
// they are never borrowed.
#pragma once

#include <algorithm>
#include <string_view>

namespace noderuntime {

struct ModuleOfTheNode {
  enum class Why {
    preloaded,     // the virtual machine itself; here they are native or in the prelude
    code,          // which code there is
    application,   // which applications run
    logger,        // where the node logs
    distribution,  // the node's name and its connections
    inet,          // the host's sockets, and the transport of the distribution
    files,         // the host's files and environment
    console,       // the node's terminal, and what serves it
    timer,         // a single server for all processes
    crypto,        // a library of the host
  };
  std::string_view name;
  Why why;
};

// The exact names of OTP's modules, in kernel, erts, stdlib, crypto and ssl of OTP 25, 27 and 29, sorted. Modules of
// users are lent and pushed, whatever prefix their names have.
inline constexpr ModuleOfTheNode modules_of_the_node[] = {
    // clang-format off
    {"application",                       ModuleOfTheNode::Why::application},
    {"application_controller",            ModuleOfTheNode::Why::application},
    {"application_master",                ModuleOfTheNode::Why::application},
    {"application_starter",               ModuleOfTheNode::Why::application},
    {"atomics",                           ModuleOfTheNode::Why::preloaded},
    {"code",                              ModuleOfTheNode::Why::code},
    {"code_server",                       ModuleOfTheNode::Why::code},
    {"counters",                          ModuleOfTheNode::Why::preloaded},
    {"crypto",                            ModuleOfTheNode::Why::crypto},
    {"erl_epmd",                          ModuleOfTheNode::Why::distribution},
    {"erl_init",                          ModuleOfTheNode::Why::preloaded},
    {"erl_prim_loader",                   ModuleOfTheNode::Why::preloaded},
    {"erl_tracer",                        ModuleOfTheNode::Why::preloaded},
    {"erlang",                            ModuleOfTheNode::Why::preloaded},
    {"error_handler",                     ModuleOfTheNode::Why::code},
    {"error_logger",                      ModuleOfTheNode::Why::logger},
    {"erts_code_purger",                  ModuleOfTheNode::Why::preloaded},
    {"erts_debug",                        ModuleOfTheNode::Why::preloaded},
    {"erts_dirty_process_signal_handler", ModuleOfTheNode::Why::preloaded},
    {"erts_internal",                     ModuleOfTheNode::Why::preloaded},
    {"erts_literal_area_collector",       ModuleOfTheNode::Why::preloaded},
    {"erts_trace_cleaner",                ModuleOfTheNode::Why::preloaded},
    {"file",                              ModuleOfTheNode::Why::files},
    {"file_server",                       ModuleOfTheNode::Why::files},
    {"global",                            ModuleOfTheNode::Why::distribution},
    {"global_group",                      ModuleOfTheNode::Why::distribution},
    {"global_search",                     ModuleOfTheNode::Why::distribution},
    {"group_history",                     ModuleOfTheNode::Why::console},
    {"inet",                              ModuleOfTheNode::Why::inet},
    {"inet6_sctp",                        ModuleOfTheNode::Why::inet},
    {"inet6_tcp",                         ModuleOfTheNode::Why::inet},
    {"inet6_tcp_dist",                    ModuleOfTheNode::Why::inet},
    {"inet6_tls_dist",                    ModuleOfTheNode::Why::inet},
    {"inet6_udp",                         ModuleOfTheNode::Why::inet},
    {"inet_config",                       ModuleOfTheNode::Why::inet},
    {"inet_db",                           ModuleOfTheNode::Why::inet},
    {"inet_epmd_dist",                    ModuleOfTheNode::Why::inet},
    {"inet_epmd_socket",                  ModuleOfTheNode::Why::inet},
    {"inet_gethost_native",               ModuleOfTheNode::Why::inet},
    {"inet_hosts",                        ModuleOfTheNode::Why::inet},
    {"inet_res",                          ModuleOfTheNode::Why::inet},
    {"inet_sctp",                         ModuleOfTheNode::Why::inet},
    {"inet_tcp",                          ModuleOfTheNode::Why::inet},
    {"inet_tcp_dist",                     ModuleOfTheNode::Why::inet},
    {"inet_tls_dist",                     ModuleOfTheNode::Why::inet},
    {"inet_udp",                          ModuleOfTheNode::Why::inet},
    {"init",                              ModuleOfTheNode::Why::preloaded},
    {"logger",                            ModuleOfTheNode::Why::logger},
    {"logger_backend",                    ModuleOfTheNode::Why::logger},
    {"logger_config",                     ModuleOfTheNode::Why::logger},
    {"logger_disk_log_h",                 ModuleOfTheNode::Why::logger},
    {"logger_filters",                    ModuleOfTheNode::Why::logger},
    {"logger_h_common",                   ModuleOfTheNode::Why::logger},
    {"logger_handler",                    ModuleOfTheNode::Why::logger},
    {"logger_handler_watcher",            ModuleOfTheNode::Why::logger},
    {"logger_olp",                        ModuleOfTheNode::Why::logger},
    {"logger_proxy",                      ModuleOfTheNode::Why::logger},
    {"logger_server",                     ModuleOfTheNode::Why::logger},
    {"logger_simple_h",                   ModuleOfTheNode::Why::logger},
    {"logger_std_h",                      ModuleOfTheNode::Why::logger},
    {"logger_sup",                        ModuleOfTheNode::Why::logger},
    {"net_adm",                           ModuleOfTheNode::Why::distribution},
    {"net_kernel",                        ModuleOfTheNode::Why::distribution},
    {"os",                                ModuleOfTheNode::Why::files},
    {"persistent_term",                   ModuleOfTheNode::Why::preloaded},
    {"prim_buffer",                       ModuleOfTheNode::Why::preloaded},
    {"prim_eval",                         ModuleOfTheNode::Why::preloaded},
    {"prim_file",                         ModuleOfTheNode::Why::preloaded},
    {"prim_inet",                         ModuleOfTheNode::Why::preloaded},
    {"prim_net",                          ModuleOfTheNode::Why::preloaded},
    {"prim_socket",                       ModuleOfTheNode::Why::preloaded},
    {"prim_tty",                          ModuleOfTheNode::Why::console},
    {"prim_tty_sighandler",               ModuleOfTheNode::Why::console},
    {"prim_zip",                          ModuleOfTheNode::Why::preloaded},
    {"socket",                            ModuleOfTheNode::Why::inet},
    {"socket_registry",                   ModuleOfTheNode::Why::preloaded},
    {"timer",                             ModuleOfTheNode::Why::timer},
    {"user",                              ModuleOfTheNode::Why::console},
    {"user_drv",                          ModuleOfTheNode::Why::console},
    {"user_sup",                          ModuleOfTheNode::Why::console},
    {"zlib",                              ModuleOfTheNode::Why::preloaded},
    // clang-format on
};

static_assert(std::is_sorted(std::begin(modules_of_the_node), std::end(modules_of_the_node),
                             [](auto& left, auto& right) { return left.name < right.name; }));

constexpr bool speaks_for_the_node(std::string_view module) {
  auto found = std::lower_bound(std::begin(modules_of_the_node), std::end(modules_of_the_node), module,
                                [](auto& row, std::string_view name) { return row.name < name; });
  return found != std::end(modules_of_the_node) && found->name == module;
}

}  // namespace noderuntime
