(io:format "a script~~n")
