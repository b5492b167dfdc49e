%% Compiled with several -on_load functions. Those of `ok`, `itself` and `lacks` return ok, the others do not.
-module(starter).
-export([value/0]).
-on_load(start/0).

start() -> prepared = prepare(), start(?RESULT).

start(ok) -> ok;
start(refused) -> refused;
start(itself) -> {'EXIT', {undef, _}} = (catch starter:value()), ok;  % as on OTP
start(lacks) -> {'EXIT', {undef, _}} = (catch nosuch:f()), ok;
start(waits) -> receive stop -> ok end.

prepare() -> prepared.
value() -> 42.
