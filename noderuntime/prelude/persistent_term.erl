%% All functions of persistent_term are native; the compiler adds module_info/0,1.
-module(persistent_term).
