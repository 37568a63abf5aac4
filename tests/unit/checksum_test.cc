#include "softwire/checksum.h"
