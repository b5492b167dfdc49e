%% Code that runs here asks no name servers: no name is found.
-module(inet_res).
-export([resolve/3, resolve/4, resolve/5, lookup/3, lookup/4, lookup/5, getbyname/2, getbyname/3, getbyname/4, gethostbyname/1,
         gethostbyname/2, gethostbyname/3, gethostbyname/4, gethostbyaddr/1, gethostbyaddr/2, gethostbyaddr/3, nslookup/3,
         nslookup/4, nnslookup/4, nnslookup/5]).

resolve(_, _, _) -> {error, nxdomain}.
resolve(_, _, _, _) -> {error, nxdomain}.
resolve(_, _, _, _, _) -> {error, nxdomain}.
lookup(_, _, _) -> [].
lookup(_, _, _, _) -> [].
lookup(_, _, _, _, _) -> [].
getbyname(_, _) -> {error, nxdomain}.
getbyname(_, _, _) -> {error, nxdomain}.
getbyname(_, _, _, _) -> {error, nxdomain}.
gethostbyname(_) -> {error, nxdomain}.
gethostbyname(_, _) -> {error, nxdomain}.
gethostbyname(_, _, _) -> {error, nxdomain}.
gethostbyname(_, _, _, _) -> {error, nxdomain}.
gethostbyaddr(_) -> {error, nxdomain}.
gethostbyaddr(_, _) -> {error, nxdomain}.
gethostbyaddr(_, _, _) -> {error, nxdomain}.
nslookup(_, _, _) -> {error, nxdomain}.
nslookup(_, _, _, _) -> {error, nxdomain}.
nnslookup(_, _, _, _) -> {error, nxdomain}.
nnslookup(_, _, _, _, _) -> {error, nxdomain}.
