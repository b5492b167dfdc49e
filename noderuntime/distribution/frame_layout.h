// The first bytes of frames. Source: erl_dist_protocol, "Protocol between Connected Nodes" and
// "Distribution Header".
//
//     neither cache nor fragments    112, 131, control [, 131, payload]
//     whole                          131, 68, header, control [, payload]
//     in fragments                   131, 69, sequence:64, number:64, header, control, begin of payload
//                                    131, 70, sequence:64, number:64, more
#pragma once

#include <noderuntime/bytes.h>

namespace noderuntime::distribution {

constexpr Byte version = 131, pass_through = 112, whole = 68, first_fragment = 69, next_fragment = 70;
constexpr std::size_t max_announced =
    0x7FFFFFFB;                            // OTP closes on more: with its length a frame is below 2 GiB
constexpr std::size_t fragment_head = 18;  // bytes of a next fragment before its contents

}  // namespace noderuntime::distribution
