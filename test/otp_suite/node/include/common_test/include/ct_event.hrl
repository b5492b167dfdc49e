%% Stands in for Common Test's header of events.
-record(event, {name, node, data}).
