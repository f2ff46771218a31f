// A short training with the engine's module alone, without the library: what every JavaScript engine can run that has
// WebAssembly. Gives a hash of the losses and weights.

/** `module`: what the glue gives; `file`: digits.idx, 10,000 digits and their labels. */
export function hashOfTraining(module, file) {
  const imageBytes = 16 + 10_000 * 784;
  const session = new module.Session();
  const value = (reply) => {
    if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
    return JSON.parse(reply.json);
  };
  const { model } = value(session.createModel(JSON.stringify('lenet'), 7));
  const { dataset } = value(session.datasetFromIdx(file.slice(0, imageBytes), file.slice(imageBytes)));
  const optimizer = { type: 'sgd', learningRate: 0.02, momentum: 0.9, weightDecay: 0.0005 };
  value(session.trainBegin(model, dataset, JSON.stringify({ epochs: 2, batchSize: 60, seed: 7, optimizer })));
  const { losses } = value(session.trainSteps(model, 100));
  const { floats } = session.parameters(model, 'null');
  let hash = 2166136261;
  for (const bytes of [Float64Array.from(losses), floats].map(({ buffer }) => new Uint8Array(buffer)))
    for (const byte of bytes) hash = Math.imul(hash ^ byte, 16777619);
  session.delete();
  return { steps: losses.length, hash: (hash >>> 0).toString(16).padStart(8, '0') };
}
