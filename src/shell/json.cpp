// Boost.JSON is used as headers: its code lives here and nowhere else.
#include <boost/json/src.hpp>
