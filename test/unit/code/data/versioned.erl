%% Compiled twice.
-module(versioned).
-export([version/0, callback/0]).

version() -> ?VERSION.
callback() -> fun() -> ?VERSION end.
