#include <algorithm>

#include "../options.h"
#include "processor.h"
#include "temperature.h"
#include "top_k.h"
#include "top_p.h"

namespace variorum {

ProcessorList MakeProcessors(const GenerateOptions& options) {
  ProcessorList list;
  if (!options.do_sample) return list;  // those below only matter to a draw
  // Beyond these limits a draw is greedy or uniform already, and scores would overflow.
  const double temperature = std::clamp(options.temperature, 1e-30, 1e30);
  if (temperature != 1) list.push_back(std::make_unique<Temperature>(float(temperature)));
  if (options.top_k > 0) list.push_back(std::make_unique<TopK>(size_t(options.top_k)));
  if (options.top_p < 1) list.push_back(std::make_unique<TopP>(options.top_p));
  return list;
}

}  // namespace variorum
