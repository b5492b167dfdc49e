%% All functions of erts_internal are native; the compiler adds module_info/0,1.
-module(erts_internal).
