package org.ugmm.bench;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.ugmm.engine.data.Precision;
import org.ugmm.testdata.Golden;

/**
 * The uGMM network 784-128-64-10, the same parameters and single precision, through this engine and
 * through ONNX Runtime for Java, one thread each: {@code java -jar bench/target/benchmarks.jar
 * PeerBenchmark}. For ONNX Runtime the tensor of the input is made once, and its ten roots are the
 * answer.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Thread)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
@SuppressWarnings("NullAway.Init") // JMH calls the set-up
public class PeerBenchmark {
  private static final int NUM_INPUTS = 784;

  @Param({"1", "100", "1000"})
  public int batch;

  private Forward forward;
  private OrtEnvironment environment;
  private OrtSession.SessionOptions options;
  private OrtSession session;
  private Map<String, OnnxTensor> input;

  /** Loads both, and checks both against the golden values. */
  @Setup
  public void setUp() throws OrtException {
    forward = new Forward(Workload.UGMM, Precision.FLOAT, batch, 0);
    environment = OrtEnvironment.getEnvironment();
    options = new OrtSession.SessionOptions();
    options.setIntraOpNumThreads(1);
    options.setInterOpNumThreads(1);
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    String model = Golden.find("models/peers/ugmm-784-128-64-10.float.onnx").toString();
    session = environment.createSession(model, options);
    Check.PeerRows peer = Check.PeerRows.read();
    float[] values = new float[batch * NUM_INPUTS];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) peer.rows()[i / NUM_INPUTS % peer.rows().length][i % NUM_INPUTS];
    }
    long[] shape = {batch, NUM_INPUTS};
    OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    input = Map.of(session.getInputNames().iterator().next(), tensor);
    float[][] roots = onnx();
    for (int r = 0; r < Math.min(batch, peer.rows().length); r++) {
      for (int k = 0; k < Workload.NUM_CLASSES; k++) {
        String what = "ONNX Runtime, row " + r + ", root " + k;
        Check.close(what, peer.roots()[r][k], roots[r][k], 5e-3);
      }
    }
  }

  /** Closes the session. */
  @TearDown
  public void tearDown() throws OrtException {
    input.values().forEach(OnnxTensor::close);
    session.close();
    options.close();
  }

  @Benchmark
  public double[] ugmm() {
    return forward.run();
  }

  @Benchmark
  public float[][] onnx() throws OrtException {
    try (OrtSession.Result result = session.run(input)) {
      return (float[][]) result.get(0).getValue();
    }
  }
}
