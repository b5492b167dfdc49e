%% A module that is compiled twice, with two values of VERSION.
-module(versioned).
-export([version/0, callback/0]).

version() -> ?VERSION.
callback() -> fun() -> ?VERSION end.
