%% The old interface of logger.
-module(error_logger).
-export([error_msg/1, error_msg/2, format/2, warning_msg/1, warning_msg/2, info_msg/1, info_msg/2, error_report/1,
         warning_report/1, info_report/1, get_format_depth/0, limit_term/1, warning_map/0]).

error_msg(Format) -> error_msg(Format, []).
error_msg(Format, Arguments) -> logger:log(error, Format, Arguments).
format(Format, Arguments) -> error_msg(Format, Arguments).
warning_msg(Format) -> warning_msg(Format, []).
warning_msg(Format, Arguments) -> logger:log(warning, Format, Arguments).
info_msg(Format) -> info_msg(Format, []).
info_msg(Format, Arguments) -> logger:log(notice, Format, Arguments).

error_report(Report) -> report(error, Report).
warning_report(Report) -> report(warning, Report).
info_report(Report) -> report(notice, Report).

report(Level, Report) -> logger:log(Level, "~tp", [Report]).

get_format_depth() -> unlimited.
limit_term(Term) -> Term.
warning_map() -> warning.
