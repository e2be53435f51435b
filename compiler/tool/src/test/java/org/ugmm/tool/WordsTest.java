package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.ugmm.tool.out.Words;

class WordsTest {
  @Test
  void within_errors_keepsTheDigitsThatTheyLeave() {
    assertEquals("0.639", Words.within(0.639205, 0.03));
    assertEquals("0.9967", Words.within(0.996661, 0.0083));
    assertEquals("0.0000", Words.within(0, 0.0012));
    assertEquals("1053", Words.within(1053.4, 12));
    assertEquals("-2.04", Words.within(-2.04, 0.99));
  }
}
