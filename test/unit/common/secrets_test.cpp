// Claims about cookies in log lines: they are found and hidden in every form.
#include "common/program/secrets.h"

#include "test/unit/catch.h"

namespace noderuntime::program {

TEST_CASE("secrets: a long one is hidden wherever it stands", "[program]") {
  keep_secret("QWERTZUIOPASDFGHJKLY");
  CHECK(without_secrets("message: 'QWERTZUIOPASDFGHJKLY'") == "message: '***'");
  CHECK(without_secrets("<<\"xQWERTZUIOPASDFGHJKLYx\">> QWERTZUIOPASDFGHJKLY") == "<<\"x***x\">> ***");
  CHECK(without_secrets("nothing") == "nothing");
}

TEST_CASE("secrets: a short one is hidden as a word", "[program]") {
  keep_secret("oak");
  CHECK(without_secrets("oak,oaks,[oak]'oak' soak oak") == "***,oaks,[***]'***' soak ***");
}

TEST_CASE("secrets: also where it was cut, quoted or written as numbers", "[program]") {
  keep_secret("it's a \\cookie");
  CHECK(without_secrets("return,'it\\'s a \\\\cookie'") == "return,'***'");
  keep_secret("say \"it's\" twice");
  CHECK(without_secrets("'say \"it\\'s\" twice', \"say \\\"it's\\\" twice\"") == "'***', \"***\"");
  CHECK(without_secrets("[105,116,39,115,32,97,32,92,99,111,111,107,105,101]") == "[***]");
  CHECK(without_secrets("return,it's a \\coo...") == "return,***...");
  CHECK(without_secrets("[105,116,39,115,32,97,3...") == "[***...");
}

TEST_CASE("secrets: arguments of set_cookie are hidden though nobody knows them yet", "[program]") {
  CHECK(without_secrets("erpc:execute_call/4 [#Ref<1>,erlang,set_cookie,['a@b',new]] options []") ==
        "erpc:execute_call/4 [#Ref<1>,erlang,set_cookie ***] options []");
  CHECK(without_secrets("{'$gen_call',X,{set_cookie,'a@b','n}ew'}}, next") ==
        "{'$gen_call',X,{set_cookie ***}}, next");
  CHECK(without_secrets("{erlang,set_cookie,[a,\n  \"new)\"],[]} and {set_cookie") ==
        "{erlang,set_cookie ***} and {set_cookie");
}

TEST_CASE("secrets: an empty text is not a secret", "[program]") {
  keep_secret("");
  CHECK(without_secrets("text") == "text");
}

}  // namespace noderuntime::program
