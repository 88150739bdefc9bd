#pragma once

namespace sojourn::http {

// Keepalive, so that a peer that has gone without a word is noticed within 60 s, and no delay of
// small packets. For a TCP socket that is open but not connected yet.
void set_socket_options(int socket);

}  // namespace sojourn::http
