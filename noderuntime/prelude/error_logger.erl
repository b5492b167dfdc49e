%% The old interface of logger. Report handlers belong to the gen_event process `error_logger`, which exists while logger
%% has the handler `error_logger`: this gives it the events.
-module(error_logger).
-export([error_msg/1, error_msg/2, format/2, warning_msg/1, warning_msg/2, info_msg/1, info_msg/2, error_report/1,
         error_report/2, warning_report/1, warning_report/2, info_report/1, info_report/2, get_format_depth/0, limit_term/1,
         warning_map/0, add_report_handler/1, add_report_handler/2, delete_report_handler/1, which_report_handlers/0,
         logfile/1, tty/1]).
-export([log/2, adding_handler/1, removing_handler/1]).

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

%% OTP's own events are printed by a fun that is internal to its error_logger: the funs here print the same. What is no
%% format is not refused: report handlers get it as it is.
message(Level, Tag, Format, Arguments) when is_list(Arguments), (is_list(Format) orelse is_binary(Format) orelse is_atom(Format)) ->
    logger:log(Level, Format, Arguments, #{error_logger => #{tag => Tag}});
message(Level, Tag, Format, Arguments) ->
    logger:log(Level, #{label => {error_logger, Tag}, format => Format, args => Arguments},
               #{error_logger => #{tag => Tag}, report_cb => fun logger:format_otp_report/1}).

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

warning_map() -> warning.

%% Nothing deeper than ten levels is cut.
get_format_depth() ->
    case application:get_env(kernel, error_logger_format_depth) of
        {ok, Depth} when is_integer(Depth) -> max(10, Depth);
        _ -> unlimited
    end.

limit_term(Term) ->
    case get_format_depth() of
        unlimited -> Term;
        Depth -> io_lib:limit_term(Term, Depth)
    end.

%% --- report handlers

add_report_handler(Module) when is_atom(Module) -> add_report_handler(Module, []).

add_report_handler(Module, Arguments) when is_atom(Module) ->
    logger:add_handler(error_logger, ?MODULE, #{level => info, filter_default => log}),
    gen_event:add_handler(error_logger, Module, Arguments).

delete_report_handler(Module) when is_atom(Module) ->
    case whereis(error_logger) of
        undefined -> ok;
        Pid ->
            Result = gen_event:delete_handler(Pid, Module, []),
            gen_event:which_handlers(Pid) =:= [] andalso logger:remove_handler(error_logger),
            Result
    end.

which_report_handlers() ->
    case whereis(error_logger) of
        undefined -> [];
        Pid -> gen_event:which_handlers(Pid)
    end.

%% The file is written by OTP's error_logger_file_h; it lies below the directory of --files.
logfile({open, File}) ->
    case lists:member(error_logger_file_h, which_report_handlers()) of
        true -> {error, allready_have_logfile};
        false -> add_report_handler(error_logger_file_h, File)
    end;
logfile(close) ->
    case is_pid(whereis(error_logger)) andalso gen_event:delete_handler(error_logger, error_logger_file_h, normal) of
        false -> {error, module_not_found};
        {error, Reason} -> {error, Reason};
        _ -> ok
    end;
logfile(filename) ->
    case is_pid(whereis(error_logger)) andalso gen_event:call(error_logger, error_logger_file_h, filename) of
        false -> {error, no_log_file};
        {error, _} -> {error, no_log_file};
        File -> File
    end.

%% There is no terminal of the node: the console is the operator's.
tty(On) when is_boolean(On) -> ok.

%% Called by logger. Report handlers get the events that this module makes, and those that say what they would be here.
log(#{msg := Message, meta := #{error_logger := #{tag := Tag} = Old, pid := Pid, gl := Leader} = Metadata}, _) ->
    case old_event(Message, Old, Metadata) of
        none -> ok;
        {First, Second} ->
            Source = case Old of
                         #{emulator := true} -> emulator;
                         _ -> Pid
                     end,
            catch error_logger ! {notify, {Tag, Leader, {Source, First, Second}}},
            ok
    end;
log(_, _) -> ok.

%% {Type, Report} or {Format, Arguments}.
old_event({report, #{label := _, report := Report}}, #{type := Type}, _) -> {Type, Report};
old_event({report, Report}, #{type := Type}, _) -> {Type, Report};
old_event({report, #{label := _, format := Format, args := Arguments}}, _, _) -> {Format, Arguments};
old_event({report, Report}, Old, Metadata) -> as_text(Report, text_fun(Old, Metadata));
old_event({"~tp\n", [Report]}, #{type := Type}, _) when is_map(Report) -> {Type, Report};  % see report/5
old_event({Format, Arguments}, _, _) when is_list(Format), is_list(Arguments) -> {Format, Arguments};
old_event(_, _, _) -> none.

text_fun(#{report_cb := Fun}, _) -> Fun;
text_fun(_, #{report_cb := Fun}) -> Fun;
text_fun(_, _) -> fun logger:format_report/1.

as_text(Report, Fun) when is_function(Fun, 1) ->
    try Fun(Report) of
        {Format, Arguments} when is_list(Format), is_list(Arguments) -> {Format, Arguments};
        Other -> {"REPORT_CB ERROR: ~tp; Returned: ~tp", [Report, Other]}
    catch Class:Reason:Stack -> {"REPORT_CB CRASH: ~tp; Reason: ~tp", [Report, {Class, Reason, Stack}]}
    end;
as_text(Report, Fun) when is_function(Fun, 2) ->
    try Fun(Report, #{depth => get_format_depth(), chars_limit => unlimited, single_line => false}) of
        Text when is_list(Text); is_binary(Text) -> {"~ts", [Text]};
        Other -> {"REPORT_CB ERROR: ~tp; Returned: ~tp", [Report, Other]}
    catch Class:Reason -> {"REPORT_CB CRASH: ~tp; Reason: ~tp", [Report, {Class, Reason}]}
    end.

adding_handler(#{id := error_logger} = Config) ->
    case gen_event:start({local, error_logger}, [{spawn_opt, [{message_queue_data, off_heap}]}]) of
        {ok, Pid} ->
            group_leader(whereis(user), Pid),
            {ok, Config};
        {error, {already_started, _}} -> {ok, Config};
        Error -> Error
    end.

removing_handler(_) ->
    case whereis(error_logger) of
        undefined -> ok;
        Pid -> gen_event:stop(Pid)
    end.
