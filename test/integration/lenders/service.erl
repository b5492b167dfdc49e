%% A gen_server that a peer starts on our node. Its requests decide which modules it calls, and therefore
%% needs. It is compiled with several values of VERSION, each into a directory of its own.
-module(service).
-behaviour(gen_server).
-export([start/0, version/0, init/1, handle_call/3, handle_cast/2, handle_info/2]).

start() -> gen_server:start({local, ?MODULE}, ?MODULE, [], []).
version() -> ?VERSION.

init([]) -> {ok, []}.
handle_call({apply, Module, Function, Arguments}, _, Notes) -> {reply, apply(Module, Function, Arguments), Notes};
handle_call(version, _, Notes) -> {reply, {version(), ?MODULE:version()}, Notes};
handle_call(a_fun, _, Notes) -> {reply, fun() -> ?VERSION end, Notes};
handle_call(notes, _, Notes) -> {reply, Notes, []}.
handle_cast({note, Note}, Notes) -> {noreply, [Note | Notes]}.
handle_info(Message, Notes) -> {noreply, [Message | Notes]}.
