#include "noderuntime/node/epmd_names.h"

#include <algorithm>

namespace noderuntime {

template <class Listing>
EpmdListing<Listing>::EpmdListing(net::Loop& loop, const std::string& host, Port epmd_port,
                                  net::Address::Family family, net::Milliseconds limit, Done done)
    : loop_{loop}, done_{std::move(done)}, timer_{loop}, listing_{epmd_port}, family_{family} {
  timer_.start(limit, [this] { finish(Error{Errc::timeout, "epmd"}); });
  resolution_ = std::make_unique<net::Resolution>(loop_, host, epmd_port, net::Resolution::Want::any,
                                                  [this](auto answer) { on_resolved(std::move(answer)); });
}

template <class Listing>
void EpmdListing<Listing>::on_resolved(net::Resolution::Answer answer) {
  if (!answer) return finish(answer.error());
  addresses_ = net::Resolution::preferring(family_, std::move(*answer));
  std::reverse(addresses_.begin(), addresses_.end());
  ask();
}

template <class Listing>
void EpmdListing<Listing>::ask() {
  auto address = addresses_.back();
  addresses_.pop_back();
  if (stream_) loop_.drop_later(std::move(stream_));
  stream_ = std::make_unique<net::TcpStream>(loop_);
  stream_->connect(address, [this](Outcome outcome) {
    if (!outcome && !addresses_.empty()) return ask();
    if (!outcome) return finish(Error{Errc::no_epmd, outcome.error().context});
    stream_->start({.read =
                        [this](Bytes input) {
                          if (auto fed = listing_.feed(input); !fed) finish(fed.error());
                        },
                    .ended = [this](Error) { finish(std::move(listing_).finish()); }});
    stream_->write(Listing::request());
  });
}

template <class Listing>
void EpmdListing<Listing>::finish(Result<Rows> result) {
  if (!done_) return;
  timer_.stop();
  auto done = std::exchange(done_, nullptr);
  resolution_.reset();
  if (stream_) loop_.drop_later(std::move(stream_));
  done(std::move(result));
}

template class EpmdListing<epmd::Listing>;
template class EpmdListing<epmd::DetailsListing>;

}  // namespace noderuntime
