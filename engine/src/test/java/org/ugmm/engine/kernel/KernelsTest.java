package org.ugmm.engine.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

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
  void mixture_scalarAndSimd_sameBits() {
    SplittableRandom random = new SplittableRandom(61);
    int tile = 64;
    int n = 37;
    double[] coef = new double[3 * n];
    int[] z = new int[n];
    for (int k = 0; k < n; k++) {
      z[k] = k;
      GaussianCoefficients.put(coef, 0, n, k, random.nextDouble(), 0.3, -3);
    }
    double shift = GaussianCoefficients.shift(coef, 0, n);
    double[] scalar = new double[(n + 1) * tile];
    for (int i = 0; i < scalar.length; i++) {
      scalar[i] = random.nextDouble(-2, 2);
    }
    double[] simd = scalar.clone();
    new ScalarDoubleGaussian().mixture(scalar, tile, z, 0, n, coef, 0, shift, n);
    new VectorDoubleGaussian().mixture(simd, tile, z, 0, n, coef, 0, shift, n);
    assertArrayEquals(scalar, simd);
  }
}
