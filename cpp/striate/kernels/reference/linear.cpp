// linear and ReLU by their definitions.
#include "striate/kernels/reference/reference.hpp"

namespace striate::kernels::reference {
Values linear_forward(int batch, int in, int out, const Values& input, const Values& weight, const Values& bias) {
  Values output(at(batch, out, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      double sum = bias.empty() ? 0.0 : bias[static_cast<std::size_t>(o)];
      for (int i = 0; i < in; ++i) sum += weight[at(o, in, i)] * input[at(n, in, i)];
      output[at(n, out, o)] = sum;
    }
  }
  return output;
}

Values linear_dinput(int batch, int in, int out, const Values& doutput, const Values& weight) {
  Values dinput(at(batch, in, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) dinput[at(n, in, i)] += weight[at(o, in, i)] * doutput[at(n, out, o)];
    }
  }
  return dinput;
}

Values linear_dweight(int batch, int in, int out, const Values& input, const Values& doutput) {
  Values dweight(at(out, in, 0));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) dweight[at(o, in, i)] += doutput[at(n, out, o)] * input[at(n, in, i)];
    }
  }
  return dweight;
}

Values linear_dbias(int batch, int out, const Values& doutput) {
  Values dbias(static_cast<std::size_t>(out));
  for (int n = 0; n < batch; ++n) {
    for (int o = 0; o < out; ++o) dbias[static_cast<std::size_t>(o)] += doutput[at(n, out, o)];
  }
  return dbias;
}

Values relu_forward(const Values& input) {
  Values output(input);
  for (double& value : output) value = value <= 0 ? 0 : value;
  return output;
}

Values relu_backward(const Values& output, const Values& doutput) {
  Values dinput(doutput);
  for (std::size_t i = 0; i < dinput.size(); ++i) dinput[i] = output[i] > 0 ? doutput[i] : 0;
  return dinput;
}

}  // namespace striate::kernels::reference
