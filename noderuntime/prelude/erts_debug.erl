%% All functions of erts_debug are native; the compiler adds module_info/0,1.
-module(erts_debug).
