#include "common/entropy/keyed_hash.h"

#include "common/entropy/entropy.h"

namespace noderuntime::keyed_hash {

const Keys& keys() {
  static const Keys own = [] {
    entropy::Words random;
    return Keys{random.next(), random.next(), random.next(), random.next()};
  }();
  return own;
}

}  // namespace noderuntime::keyed_hash
