package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.kernel.scalar.ScalarDoubleGaussian;
import org.ugmm.engine.kernel.simd.VectorProvider;

class KernelsTest {
  @Test
  void provider_forcedByProperty_isTheOneInUse() {
    String wanted = System.getProperty(Kernels.PROPERTY);
    if (wanted != null) {
      assertEquals(wanted, Kernels.DOUBLE.provider());
      assertEquals(wanted, Kernels.FLOAT.provider());
    }
  }

  @Test
  void choose_eachWord_givesThatProvider() {
    assertEquals("scalar", Kernels.choose("scalar").doubles().provider());
    assertEquals("simd", Kernels.choose("SIMD").doubles().provider());
    assertEquals("simd", Kernels.choose(null).floats().provider());
  }

  @Test
  void choose_unknownWord_isRefused() {
    Exception e = assertThrows(IllegalStateException.class, () -> Kernels.choose("gpu"));
    assertEquals(
        "system property org.ugmm.provider: expected simd, scalar or nothing, found gpu",
        e.getMessage());
  }

  @Test
  void vectorBits_ofThisMachine_atLeast128() {
    assertTrue(Kernels.choose("simd").vectorBits() >= 128);
  }

  @Test
  void mixtures_scalarAndSimd_sameBits() {
    SplittableRandom random = new SplittableRandom(61);
    Kernels<double[]> vector = new VectorProvider().doubles();
    int tile = 4 * vector.tile();
    int n = 37;
    int m = 6;
    GaussianBlock block = GaussianBlock.of(m, n, vector.lanes());
    double[] coef = new double[block.size()];
    int[] z = new int[n];
    for (int k = 0; k < n; k++) {
      z[k] = n - 1 - k;
      for (int j = 0; j < block.numSlots(); j++) {
        int at = block.at(j, k);
        coef[at] = random.nextDouble(0.1, 300);
        coef[at + block.stride()] = random.nextDouble();
        coef[at + 2 * block.stride()] = random.nextDouble(5);
      }
    }
    double[] scalar = new double[(2 * n + block.numSlots()) * tile];
    for (int i = 0; i < scalar.length; i++) {
      scalar[i] = random.nextDouble(-2, 2);
    }
    double[] simd = scalar.clone();
    new ScalarDoubleGaussian(vector.lanes()).mixtures(scalar, tile, z, coef, m, n, n + m + 2);
    vector.gaussian().mixtures(simd, tile, z, coef, m, n, n + m + 2);
    for (int i = 0; i < (n + m) * tile; i++) {
      assertEquals(scalar[i], simd[i]);
    }
  }
}
