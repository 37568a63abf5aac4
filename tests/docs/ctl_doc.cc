// SPDX-License-Identifier: BSD-3-Clause
// ctl_doc FILE: prints FILE, which is docs/softwirectl.md, with a new reference as the last part. The
// reference is made from the declarations of the commands.
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tools/ctl/help.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  std::ifstream file(argv[1]);
  std::string text(std::istreambuf_iterator<char>(file), {});
  const std::string heading = "\n## Reference\n";
  const std::size_t at = text.find(heading);
  if (at == std::string::npos) return 1;
  text.resize(at + heading.size());
  std::cout << text
            << "\nPrinted from the declarations of the commands: "
               "`build/tests/ctl_doc docs/softwirectl.md`.\n"
            << softwire::ctl::reference();
}
