// The one place where Asio and Beast are compiled (see asio.h).
#include "http/asio.h"

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
