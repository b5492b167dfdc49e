#include "noderuntime/node/name_list.h"

namespace noderuntime {

NameList::NameList(net::Loop& loop, const std::string& host, Port epmd_port, net::Milliseconds limit,
                   Done done)
    : loop_{loop}, done_{std::move(done)}, timer_{loop}, listing_{epmd_port} {
  timer_.start(limit, [this] { finish(Error{Errc::timeout, "epmd"}); });
  resolution_ = std::make_unique<net::Resolution>(loop_, host, epmd_port, net::Resolution::Want::v4,
                                                  [this](auto answer) { on_resolved(std::move(answer)); });
}

void NameList::on_resolved(net::Resolution::Answer answer) {
  if (!answer) return finish(answer.error());
  if (answer->empty()) return finish(Error{Errc::system, "no address"});
  stream_ = std::make_unique<net::TcpStream>(loop_);
  stream_->connect(answer->front(), [this](Outcome outcome) {
    if (!outcome) return finish(Error{Errc::no_epmd, outcome.error().context});
    stream_->start({.read =
                        [this](Bytes input) {
                          if (auto fed = listing_.feed(input); !fed) finish(fed.error());
                        },
                    .ended = [this](Error) { finish(std::move(listing_).finish()); }});
    stream_->write(epmd::Listing::request());
  });
}

void NameList::finish(Result<std::vector<epmd::NameAndPort>> result) {
  if (!done_) return;
  timer_.stop();
  auto done = std::exchange(done_, nullptr);
  resolution_.reset();
  if (stream_) loop_.drop_later(std::move(stream_));
  done(std::move(result));
}

}  // namespace noderuntime
