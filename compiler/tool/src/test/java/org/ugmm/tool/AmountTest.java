package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AmountTest {
  @Test
  void time_eachUnit_isRead() {
    assertEquals(Duration.ofMillis(500), Amount.time("500ms"));
    assertEquals(Duration.ofSeconds(30), Amount.time("30s"));
    assertEquals(Duration.ofSeconds(90), Amount.time("1.5m"));
    assertEquals(Duration.ofMinutes(30), Amount.time("0.5h"));
    for (String none : new String[] {"", "5", "s", "-5s", "5 s", "1.s", "5d", "5S"}) {
      assertNull(Amount.time(none), none);
    }
  }

  @Test
  void size_eachUnit_isRead() {
    assertEquals(77, Amount.size("77"));
    assertEquals(64 << 10, Amount.size("64k"));
    assertEquals(8 << 20, Amount.size("8M"));
    for (String none : new String[] {"", "k", "-1", "1.5m", "5t"}) {
      assertEquals(-1, Amount.size(none), none);
    }
  }
}
