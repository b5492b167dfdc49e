// A node made with Jinterface, as programs in Java are.
//
//   JavaNode asks NAME COOKIE NODE   connects to NODE, whose process `echo` answers {Pid, Term} with Term, and prints its claims
//   JavaNode serves NAME COOKIE      waits for connections; what its mailbox `any` does stands at serve()

import com.ericsson.otp.erlang.*;

public class JavaNode {
    static final long patience = 10000;
    static OtpNode node;
    static OtpMbox box;
    static String there;

    static void claim(String text, boolean holds, Object got) {
        System.out.println((holds ? "ok    " : "FALSE ") + text + (holds ? "" : "\n      got " + got));
        if (!holds) System.exit(1);
    }
    static void equal(String text, Object expected, Object got) { claim(text, expected.equals(got), got); }
    static void equal(String text, String expected, OtpErlangObject got) { equal(text, (Object) expected, String.valueOf(got)); }

    static OtpErlangObject[] terms(OtpErlangObject... all) { return all; }
    static OtpErlangTuple tuple(OtpErlangObject... all) { return new OtpErlangTuple(all); }
    static OtpErlangList list(OtpErlangObject... all) { return new OtpErlangList(all); }
    static OtpErlangAtom atom(String text) { return new OtpErlangAtom(text); }
    static OtpErlangLong integer(long value) { return new OtpErlangLong(value); }

    public static void main(String[] arguments) throws Exception {
        node = new OtpNode(arguments[1], arguments[2]);
        if (arguments[0].equals("serves")) serve();
        there = arguments[3];
        box = node.createMbox();
        asks();
        node.close();
        System.out.println("ok    all that a Java node asks");
        System.exit(0);
    }

    // --- asks

    // rex's answer to a call, as OtpConnection.sendRPC asks it.
    static OtpErlangObject call(String module, String function, OtpErlangObject... arguments) throws Exception {
        box.send("rex", there, tuple(box.self(), tuple(atom("call"), atom(module), atom(function), list(arguments), atom("user"))));
        return ((OtpErlangTuple) box.receive(patience)).elementAt(1);
    }
    static OtpErlangObject echoed(OtpErlangObject term) throws Exception {
        box.send("echo", there, tuple(box.self(), term));
        return box.receive(patience);
    }
    static OtpErlangPid spawned() throws Exception {
        return (OtpErlangPid) call("erlang", "spawn", atom("timer"), atom("sleep"), list(atom("infinity")));
    }
    static String exited(OtpErlangPid pid) throws Exception {
        try {
            return "message " + box.receive(patience);
        } catch (OtpErlangExit exit) {
            return (exit.pid().equals(pid) ? "" : "another pid ") + exit.reason();
        }
    }
    static boolean eventually(String function, OtpErlangObject argument, String expected) throws Exception {
        for (int i = 0; i < 200; ++i, Thread.sleep(50))
            if (call("erlang", function, argument).toString().equals(expected)) return true;
        return false;
    }

    static void asks() throws Exception {
        claim("OtpNode.ping", node.ping(there, patience), "false");
        claim("OtpNode.ping of nobody", !node.ping(there.replaceAll(".*@", "nobody@"), 1000), "true");
        equal("rpc: erlang:node", there, call("erlang", "node"));
        equal("rpc: lists:sum", "6", call("lists", "sum", list(integer(1), integer(2), integer(3))));
        equal("rpc: what is thrown is the result", "ball", call("erlang", "throw", atom("ball")));
        equal("rpc: an exit", "{badrpc,{'EXIT',over}}", call("erlang", "exit", atom("over")));
        claim("rpc: an error has its stack", call("erlang", "error", atom("broken")).toString().startsWith("{badrpc,{'EXIT',{broken,[{"), "");
        equal("rpc: undef", "{badrpc,{'EXIT',{undef,[{no_module,f,[x],[]}]}}}", stack_of_one(call("no_module", "f", atom("x"))));
        claim("we are hidden there", call("erlang", "nodes", atom("hidden")).toString().contains(node.node()) &&
                                         !call("erlang", "nodes", atom("visible")).toString().contains(node.node()), "");
        connection();
        byName();
        signals();
    }

    static OtpErlangObject stack_of_one(OtpErlangObject answer) {
        OtpErlangTuple raised = (OtpErlangTuple) ((OtpErlangTuple) ((OtpErlangTuple) answer).elementAt(1)).elementAt(1);
        OtpErlangList stack = (OtpErlangList) raised.elementAt(1);
        return tuple(atom("badrpc"), tuple(atom("EXIT"), tuple(raised.elementAt(0), list(stack.elementAt(0)))));
    }

    // OtpSelf and OtpPeer: one connection, without mailboxes.
    static void connection() throws Exception {
        OtpSelf self = new OtpSelf("single", node.cookie());
        OtpConnection connection = self.connect(new OtpPeer(there));
        connection.sendRPC("erlang", "max", list(atom("a"), atom("b")));
        equal("OtpConnection.sendRPC", "b", connection.receiveRPC());
        connection.sendRPC("erlang", "error", list(atom("e")));
        claim("its error", connection.receiveRPC().toString().contains("badrpc"), "");
        connection.close();
        boolean refused = false;
        try {
            new OtpSelf("single", "wrong").connect(new OtpPeer(there));
        } catch (OtpAuthException | java.io.IOException e) {
            refused = true;
        }
        claim("a wrong cookie is refused", refused, "");
    }

    static void byName() throws Exception {
        OtpErlangMap map = new OtpErlangMap(terms(atom("a"), integer(1)), terms(integer(1L << 50), new OtpErlangDouble(0.1)));
        OtpErlangObject mixed = tuple(atom("hello"), list(integer(1), new OtpErlangDouble(2.5)), new OtpErlangString("text"), map, list(), box.self(),
                                      node.createRef(), new OtpErlangBinary(new byte[] {1, 2, 3}));
        equal("send by name: the answer is as it went", mixed, echoed(mixed));
        OtpErlangPid echo = (OtpErlangPid) call("erlang", "whereis", atom("echo"));
        box.send(echo, tuple(box.self(), atom("hello")));
        equal("send by pid", "hello", box.receive(patience));
        OtpErlangObject large = new OtpErlangBinary(new byte[1 << 20]);
        equal("a message of 1 MiB there and back", large, echoed(large));
        for (int i = 0; i < 1000; ++i) box.send("echo", there, tuple(box.self(), integer(i)));
        int next = 0;
        while (next < 1000 && ((OtpErlangLong) box.receive(patience)).longValue() == next) ++next;
        equal("1,000 messages in order", 1000, (Object) next);
    }

    static void signals() throws Exception {
        OtpErlangPid linked = spawned();
        box.link(linked);
        call_exit(linked, "because");
        equal("a link: the exit of the process there, with its reason", "because", exited(linked));
        box.send("echo", there, tuple(box.self(), atom("x")));
        box.receive(patience);

        String gone = "no exit";
        try {
            box.link(linked);
            gone = exited(linked);
        } catch (OtpErlangExit exit) {
            gone = exit.reason().toString();
        }
        equal("a link to the dead: noproc", "noproc", (Object) gone);

        OtpErlangPid victim = spawned();
        OtpMbox short_lived = node.createMbox();
        short_lived.link(victim);
        short_lived.exit("over");
        claim("a mailbox that exits ends a process that is linked", eventually("is_process_alive", victim, "false"), "");

        OtpErlangPid pushed = spawned();
        box.exit(pushed, "pushed");
        claim("exit of a process there", eventually("is_process_alive", pushed, "false"), "");

        OtpErlangPid kept = spawned();
        box.link(kept);
        box.unlink(kept);
        call_exit(kept, "unseen");
        equal("unlink: nothing comes", "still here", (Object) (echoed(atom("x")).toString().equals("x") ? "still here" : "?"));
    }
    static void call_exit(OtpErlangPid pid, String reason) throws Exception {
        box.send("rex", there, tuple(node.createMbox().self(), tuple(atom("call"), atom("erlang"), atom("exit"), list(pid, atom(reason)), atom("user"))));
    }

    // --- serves

    // {'$gen_call', {Pid, Tag}, Request}   {Tag, Request} to Pid
    // {Pid, link, Other}, {Pid, 'exit', Other}   links to Other; a mailbox that is linked to Other exits with {from, java}
    // {Pid, Term}                          {OurPid, Term} to Pid, who is told of the exits that come from now on
    static void serve() throws Exception {
        box = node.createMbox("any");
        System.out.println("serves");
        OtpErlangPid watcher = null;
        for (;;) {
            try {
                OtpErlangTuple message = (OtpErlangTuple) box.receive();
                if (message.elementAt(0).equals(atom("$gen_call"))) {
                    OtpErlangTuple from = (OtpErlangTuple) message.elementAt(1);
                    box.send((OtpErlangPid) from.elementAt(0), tuple(from.elementAt(1), message.elementAt(2)));
                } else if (message.arity() == 3 && message.elementAt(1).equals(atom("link"))) {
                    box.link((OtpErlangPid) message.elementAt(2));
                } else if (message.arity() == 3) {
                    OtpMbox other = node.createMbox();
                    other.link((OtpErlangPid) message.elementAt(2));
                    other.exit(tuple(atom("from"), atom("java")));
                } else {
                    watcher = (OtpErlangPid) message.elementAt(0);
                    box.send(watcher, tuple(box.self(), message.elementAt(1)));
                }
            } catch (OtpErlangExit exit) {
                if (watcher != null) box.send(watcher, tuple(atom("exit"), exit.reason()));
            }
        }
    }
}
