// StepWatch: is told when a part of a training step is over, so that a bench can say where the time went.
//
// Parts follow one another without gaps: the time of a part is that since the call before. `node` is the layer's index
// for forward and backward, else −1. Where several threads go through the layers on their own, the calling thread's time counts,
// and its waiting for the others is the next part's. Nobody watches by default, and then nothing is called.
#pragma once

namespace striate::core {

enum class StepPart { rest, loading, forward, loss, backward, update };

class StepWatch {
 public:
  virtual void over(StepPart part, int node) = 0;

 protected:
  ~StepWatch() = default;
};

}  // namespace striate::core
