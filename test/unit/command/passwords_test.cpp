// Claims about password files, the header Authorization, and how often one may try.
#include "noderuntime/command/passwords.h"

#include <string>

#include "noderuntime/notation/base64.h"
#include "test/unit/catch.h"

namespace noderuntime::command {

using notation::base64;

TEST_CASE("passwords: the header has a name and a password", "[command]") {
  auto typed = basic_authorization("Basic " + base64("a:b:c"));
  REQUIRE(typed);
  CHECK(typed->name == "a");
  CHECK(typed->password == "b:c");
  CHECK(basic_authorization("bASIC " + base64(":"))->password.empty());
  for (std::string wrong :
       {std::string{}, std::string{"Basic"}, std::string{"Basic "}, "Basic " + base64("ab"),
        std::string{"Basic !!!!"}, "Bearer " + base64("a:b"), "Basic" + base64("a:b")})
    CHECK_FALSE(basic_authorization(wrong));
}

TEST_CASE("passwords: a file has a line for each user", "[command]") {
  auto passwords = Passwords::parse("# who may\n\nann:secret:1\r\nbob:$6$salt$hash\n");
  REQUIRE(passwords);
  CHECK(passwords->secret_of("ann").text == "secret:1");
  CHECK_FALSE(passwords->secret_of("ann").is_hash);
  CHECK(passwords->secret_of("bob").is_hash);
  CHECK(passwords->secret_of("bob").exists);
  auto nobody = passwords->secret_of("nobody");  // takes as long as a hash
  CHECK_FALSE(nobody.exists);
  CHECK(nobody.is_hash);
  CHECK_FALSE(Passwords::parse("ann:x")->secret_of("bob").exists);
  for (std::string wrong : {"", "#\n", "secret\n", ":secret\n", "ann:\n", "ann:secret\nann:secret\n"}) {
    auto parsed = Passwords::parse(wrong);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Errc::configuration);
    CHECK(parsed.error().context.find("secret") == std::string::npos);
  }
  CHECK_FALSE(Passwords::parse(std::string(Passwords::most_bytes + 1, 'x')));
}

TEST_CASE("passwords: only equal texts are equal", "[command]") {
  CHECK(same_secret("secret", "secret"));
  for (auto* typed : {"", "s", "secre", "secret ", "secretsecret", "Secret"})
    CHECK_FALSE(same_secret(typed, "secret"));
  CHECK_FALSE(same_secret("", ""));
}

TEST_CASE("passwords: after some wrong ones a host has to wait, and after many all have to", "[command]") {
  using Milliseconds = WrongPasswords::Milliseconds;
  WrongPasswords wrong;
  Milliseconds now{1'000'000};
  for (unsigned i = 0; i < WrongPasswords::most; ++i) {
    CHECK(wrong.may_try("a", now));
    wrong.add("a", now);
  }
  CHECK_FALSE(wrong.may_try("a", now));
  CHECK(wrong.may_try("b", now));
  for (unsigned i = 0; i < 1'000; ++i) wrong.add(std::to_string(i), now);
  CHECK_FALSE(wrong.may_try("b", now));
  CHECK(wrong.may_try("a", now + WrongPasswords::period));
}

}  // namespace noderuntime::command
