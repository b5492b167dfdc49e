%% The old interface of logger.
-module(error_logger).
-export([error_msg/1, error_msg/2, format/2, warning_msg/1, warning_msg/2, info_msg/1, info_msg/2, error_report/1,
         error_report/2, warning_report/1, warning_report/2, info_report/1, info_report/2, get_format_depth/0, limit_term/1,
         warning_map/0]).

error_msg(Format) -> error_msg(Format, []).
error_msg(Format, Arguments) -> message(error, error, Format, Arguments).
format(Format, Arguments) -> error_msg(Format, Arguments).
warning_msg(Format) -> warning_msg(Format, []).
warning_msg(Format, Arguments) -> message(warning, warning_msg, Format, Arguments).
info_msg(Format) -> info_msg(Format, []).
info_msg(Format, Arguments) -> message(notice, info_msg, Format, Arguments).

error_report(Report) -> error_report(std_error, Report).
error_report(Type, Report) -> report(error, error_report, Type, std_error, Report).
warning_report(Report) -> warning_report(std_warning, Report).
warning_report(Type, Report) -> report(warning, warning_report, Type, std_warning, Report).
info_report(Report) -> info_report(std_info, Report).
info_report(Type, Report) -> report(notice, info_report, Type, std_info, Report).

%% OTP's own events are printed by a fun that is internal to its error_logger: the funs here print the same.
message(Level, Tag, Format, Arguments) -> logger:log(Level, Format, Arguments, #{error_logger => #{tag => Tag}}).

%% A report with a type of its own also has this type as its domain.
report(Level, Tag, Type, Standard, Report) ->
    Common = #{error_logger => #{tag => Tag, type => Type}},
    Metadata = case Type of
                   Standard -> Common;
                   _ -> Common#{domain => [Type]}
               end,
    case is_map(Report) of
        true -> logger:log(Level, "~tp\n", [Report], Metadata);
        false ->
            logger:log(Level, #{label => {error_logger, Tag}, report => Report},
                       Metadata#{report_cb => fun logger:format_otp_report/1})
    end.

get_format_depth() -> unlimited.
limit_term(Term) -> Term.
warning_map() -> warning.
