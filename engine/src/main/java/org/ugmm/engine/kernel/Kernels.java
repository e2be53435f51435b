package org.ugmm.engine.kernel;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The kernels of one precision, from the provider chosen when this class is loaded.
 *
 * <p>The system property {@value #PROPERTY} chooses: {@code simd} (an error where the Vector API is
 * not usable), {@code scalar} (never loads it), or nothing, which takes SIMD where it is usable and
 * otherwise logs one line that says why not and what to do.
 *
 * @param provider {@code simd} or {@code scalar}
 * @param lanes numbers in a vector, 1 without vectors: the stride of {@link GaussianBlock}
 * @param tile rows of the smallest tile of more than one; others are multiples of it
 * @param <A> {@code double[]} or {@code float[]}
 */
public record Kernels<A>(
    String provider,
    int lanes,
    int tile,
    GaussianKernels<A> gaussian,
    DenseKernels<A> dense,
    ScalingKernels<A> scaling,
    LinearKernels<A> linear,
    TrainingKernels<A> training,
    UnitKernels<A> units) {

  /** Name of the system property. */
  public static final String PROPERTY = "org.ugmm.provider";

  private static final KernelProvider PROVIDER = choose(System.getProperty(PROPERTY));

  /** Kernels in double precision. */
  public static final Kernels<double[]> DOUBLE = PROVIDER.doubles();

  /** Kernels in single precision. */
  public static final Kernels<float[]> FLOAT = PROVIDER.floats();

  /** Max-product, in double precision. */
  public static final MaxKernels MAX = PROVIDER.max();

  /** Downward passes, in double precision. */
  public static final DownwardKernels DOWNWARD = PROVIDER.downward();

  /** Interval passes, in double precision. */
  public static final RangeKernels RANGES = PROVIDER.ranges();

  static KernelProvider choose(@Nullable String wanted) {
    String choice = wanted == null ? "" : wanted.toLowerCase(Locale.ROOT);
    switch (choice) {
      case "scalar":
        return loadScalarProvider();
      case "simd":
        String obstacle = obstacle();
        if (obstacle != null) {
          throw new IllegalStateException("system property " + PROPERTY + "=simd: " + obstacle);
        }
        return loadVectorProvider();
      case "":
        String reason = obstacle();
        if (reason == null) {
          return loadVectorProvider();
        }
        System.getLogger(Kernels.class.getName())
            .log(System.Logger.Level.INFO, "scalar kernels in use: " + reason);
        return loadScalarProvider();
      default:
        throw new IllegalStateException(
            "system property " + PROPERTY + ": expected simd, scalar or nothing, found " + wanted);
    }
  }

  /** Why SIMD cannot be used and what would help, or {@code null}. */
  private static @Nullable String obstacle() {
    Module vectorApi = ModuleLayer.boot().findModule("jdk.incubator.vector").orElse(null);
    if (vectorApi == null) {
      return "module jdk.incubator.vector is not loaded; start java with"
          + " --add-modules jdk.incubator.vector";
    }
    String vm =
        System.getProperty("java.vm.name", "") + " " + System.getProperty("java.vm.info", "");
    if (vm.contains("interpreted") || vm.contains("emulated-client") || vm.contains("Client VM")) {
      return "this VM ("
          + vm
          + ") runs without the C2 compiler, where vectors are slower than"
          + " scalars; remove -Xint or -XX:TieredStopAtLevel";
    }
    Kernels.class.getModule().addReads(vectorApi);
    int bits = loadVectorProvider().vectorBits();
    return bits >= 128
        ? null
        : "the preferred vectors of this VM have "
            + bits
            + " bits, at least 128 are needed;"
            + " remove -XX:UseSSE or -XX:UseAVX";
  }

  private static KernelProvider loadVectorProvider() {
    return load(".simd.VectorProvider");
  }

  private static KernelProvider loadScalarProvider() {
    return load(".scalar.ScalarProvider");
  }

  /** Loads kernels by name, so that nothing links to the Vector API unless it is there. */
  private static KernelProvider load(String provider) {
    String name = Kernels.class.getPackageName() + provider;
    try {
      return (KernelProvider) Class.forName(name).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("class " + name + ": cannot be loaded", e);
    }
  }
}
