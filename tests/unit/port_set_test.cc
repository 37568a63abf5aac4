#include "softwire/port_set.h"
