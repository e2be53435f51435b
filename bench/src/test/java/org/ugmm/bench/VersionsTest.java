package org.ugmm.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Poms without the parent name its version themselves: a bill of materials with a parent would
 * force the parent's other versions on who imports it.
 */
class VersionsTest {
  private static String first(String file, String element) throws IOException {
    Matcher found =
        Pattern.compile("<%s>([^<]+)</%s>".formatted(element, element))
            .matcher(Files.readString(Path.of("..").resolve(file)));
    assertTrue(found.find(), file);
    return found.group(1);
  }

  @Test
  void poms_withoutTheParent_haveItsVersion() throws IOException {
    String version = first("pom.xml", "version");
    assertEquals(version, first("compiler/bom/pom.xml", "version"));
    assertEquals(version, first("testdata/examples/embed/pom.xml", "ugmm.version"));
  }
}
