package org.ugmm.engine.kernel.simd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.kernel.scalar.ScalarDoubleMath;
import org.ugmm.engine.kernel.scalar.ScalarFloatMath;

class VectorMathTest {
  @Test
  void exp2AndLog2_anyValue_sameBitsAsScalar() {
    SplittableRandom random = new SplittableRandom(3);
    double[] special = {
      0,
      -0.0,
      1,
      0.5,
      -1,
      Double.NEGATIVE_INFINITY,
      -1022,
      -1022.5,
      -1023,
      -126,
      -126.5,
      -127,
      Double.MIN_VALUE,
      0x1p-1022,
      127.75,
      1e-40,
      -1e300,
      0x1p-1030
    };
    for (int i = 0; i < 20_000; i++) {
      double x = i < special.length ? special[i] : random.nextDouble(-1200, 1024);
      double positive = Double.longBitsToDouble(random.nextLong() >>> 1);
      positive = i < special.length ? Math.abs(special[i]) : positive;
      float y = (float) (i < special.length ? x : x / 8);
      DoubleVector xs = DoubleVector.broadcast(VectorDoubleMath.SPECIES, x);
      FloatVector ys = FloatVector.broadcast(VectorFloatMath.SPECIES, y);
      assertEquals(ScalarDoubleMath.exp2(x), VectorDoubleMath.exp2(xs).lane(0), () -> "2^" + x);
      assertEquals(ScalarFloatMath.exp2(y), VectorFloatMath.exp2(ys).lane(0), () -> "2^" + y);
      if (Double.isFinite(positive)) {
        assertEquals(
            ScalarDoubleMath.log2(positive),
            VectorDoubleMath.log2(DoubleVector.broadcast(VectorDoubleMath.SPECIES, positive))
                .lane(0));
      }
      float small = (float) positive;
      if (Float.isFinite(small)) {
        assertEquals(
            ScalarFloatMath.log2(small),
            VectorFloatMath.log2(FloatVector.broadcast(VectorFloatMath.SPECIES, small)).lane(0));
      }
    }
  }
}
