%% The group leader of a case: passes its output on to another one, and keeps a copy while it is told to.
-module(suite_output).
-export([start/1, capture/1, release/1, captured/1]).

%% Ends with the process that calls.
-spec start(pid()) -> pid().
start(Next) ->
    Case = self(),
    spawn(fun() -> serve(Next, monitor(process, Case), nothing) end).

-spec capture(pid()) -> ok.
capture(Output) -> ask(Output, capture).

-spec release(pid()) -> ok.
release(Output) -> ask(Output, release).

%% What was printed while it was captured, oldest first; it is forgotten then.
-spec captured(pid()) -> [string()].
captured(Output) -> ask(Output, captured).

ask(Output, Question) ->
    Reference = monitor(process, Output),
    Output ! {?MODULE, Question, self(), Reference},
    receive
        {Reference, Answer} -> demonitor(Reference, [flush]), Answer;
        {'DOWN', Reference, _, _, Reason} -> exit(Reason)
    end.

%% Kept: `nothing`, or {Whether more is kept, what was printed, newest first}.
serve(Next, Case, Kept) ->
    receive
        {io_request, _, _, Request} = Message ->
            Next ! Message,
            serve(Next, Case, keep(Kept, Request));
        {?MODULE, capture, From, Reference} -> From ! {Reference, ok}, serve(Next, Case, {true, []});
        {?MODULE, release, From, Reference} -> From ! {Reference, ok}, serve(Next, Case, stopped(Kept));
        {?MODULE, captured, From, Reference} ->
            From ! {Reference, texts(Kept)},
            serve(Next, Case, case Kept of {More, _} -> {More, []}; nothing -> nothing end);
        {'DOWN', Case, _, _, _} -> ok;
        Other -> Next ! Other, serve(Next, Case, Kept)
    end.

keep({true, Texts}, Request) -> {true, [Text || Text <- [text(Request)], Text =/= none] ++ Texts};
keep(Kept, _) -> Kept.

stopped({_, Texts}) -> {false, Texts};
stopped(nothing) -> nothing.

texts({_, Texts}) -> lists:reverse(Texts);
texts(nothing) -> [].

text({put_chars, Encoding, Module, Function, Arguments}) -> text({put_chars, Encoding, apply(Module, Function, Arguments)});
text({put_chars, Encoding, Characters}) -> unicode:characters_to_list(Characters, Encoding);
text(_) -> none.
