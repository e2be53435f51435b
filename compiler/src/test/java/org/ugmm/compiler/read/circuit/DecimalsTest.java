package org.ugmm.compiler.read.circuit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decimal numbers have the very bits that the JDK gives them. */
class DecimalsTest {
  private static void check(String text) {
    byte[] padded = ("7" + text + "7").getBytes(StandardCharsets.UTF_8);
    double expected = Double.parseDouble(text);
    double found = Decimals.parse(padded, 1, padded.length - 1);
    assertEquals(Double.doubleToRawLongBits(expected), Double.doubleToRawLongBits(found), text);
  }

  @Test
  void random_ofEveryLength_isTheNearestDouble() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 300_000; i++) {
      long digits = random.nextLong(1_000_000_000_000_000_000L);
      for (int cut = random.nextInt(18); cut > 0; cut--) {
        digits /= 10;
      }
      String text = BigDecimal.valueOf(digits, random.nextInt(23)).toPlainString();
      check(random.nextBoolean() ? text : "-" + text);
    }
  }

  /** Halfway between two doubles, and the decimals next to that. */
  @Test
  void ties_andTheirNeighbours_areRoundedAsByTheJdk() {
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 20_000; i++) {
      long even = (1L << 53) + random.nextLong(1L << 53);
      int scale = random.nextInt(1, 5);
      BigDecimal tie = new BigDecimal(2 * even + 1).divide(BigDecimal.valueOf(1L << scale));
      for (int ulps = -1; ulps <= 1; ulps++) {
        BigDecimal near = tie.add(BigDecimal.valueOf(ulps, tie.scale()));
        check(near.toPlainString());
        check(near.movePointLeft(random.nextInt(5)).toPlainString());
      }
    }
  }

  @Test
  void powersOfTwo_andWhatIsNearThem_areTheNearestDouble() {
    for (int e = 0; e < 59; e++) {
      for (int d = -70; d <= 70; d++) {
        check(Long.toString(Math.max(0, (1L << e) + d)));
        check(BigDecimal.valueOf(Math.max(0, (1L << e) + d), 17).toPlainString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0",
        "-0",
        "0.0",
        "-0.000",
        "+1.5",
        ".5",
        "5.",
        "1e5",
        "-1.25E-7",
        "1e-400",
        "1e308",
        "0.00000000000000000000000000000000001",
        "123456789012345678901234567890",
        "0.1234567890123456789012345",
        "4.9e-324",
        "000000000000000000000000001.5"
      })
  void everyWayToWriteANumber_isRead(String text) {
    check(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        ".",
        "e5",
        "1e",
        "1.2.3",
        "--1",
        "1-2",
        "NaN",
        "0x1p3",
        "1f",
        "1d",
        "1e999",
        "é",
        "1 2",
        "Infinity"
      })
  void whatIsNoFiniteNumber_isNotANumber(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(Double.NaN, Decimals.parse(bytes, 0, bytes.length));
  }
}
