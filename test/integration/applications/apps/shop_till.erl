%% A server below the supervisor of shop.
-module(shop_till).
-behaviour(gen_server).
-export([start_link/0, init/1, handle_call/3, handle_cast/2, terminate/2]).

start_link() -> gen_server:start_link({local, ?MODULE}, ?MODULE, [], []).

init([]) ->
    process_flag(trap_exit, true),
    {ok, element(2, application:get_env(till))}.

handle_call(till, _, Till) -> {reply, {Till, application:get_application()}, Till};
handle_call(orphan, _, Till) ->
    {reply, spawn(fun() -> receive never -> ok end end), Till}.

handle_cast(crash, Till) -> {stop, crashed, Till}.

terminate(Reason, _) -> io:format("till ends, ~p~n", [Reason]).
