package org.ugmm.bench;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The packages of the engine are floors: each knows only those below it, so there is no cycle and
 * no way up; and none is too large to be looked over.
 */
final class EngineRoomsTest {
  private static final String DOOR = "org.ugmm.engine";

  /** Lowest first. */
  private static final List<String> FLOORS =
      List.of(
          DOOR + ".kernel",
          DOOR + ".kernel.scalar",
          DOOR + ".kernel.simd",
          DOOR + ".number",
          DOOR + ".data",
          DOOR + ".formula",
          DOOR + ".leaf",
          DOOR + ".mixture",
          DOOR + ".flat",
          DOOR + ".exact",
          DOOR + ".logic",
          DOOR + ".batch.plan",
          DOOR + ".batch.run",
          DOOR + ".batch.error",
          DOOR + ".batch",
          DOOR + ".mpe",
          DOOR + ".learn",
          DOOR + ".network",
          DOOR + ".deep",
          DOOR + ".deep.plane",
          DOOR + ".deep.integral",
          DOOR,
          DOOR + ".explain");

  private static final int MAX_TYPES = 30;
  private static final int MAX_LINES = 600;

  private static JavaClasses classes;

  @BeforeAll
  static void importClasses() {
    classes =
        new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("/test/"))
            .importPackages(DOOR);
  }

  @Test
  void packages_always_areTheFloorsListed() {
    assertEquals(
        new TreeSet<>(FLOORS),
        classes.stream()
            .filter(c -> c.getSource().isPresent())
            .map(JavaClass::getPackageName)
            .collect(Collectors.toCollection(TreeSet::new)));
  }

  @Test
  void floors_always_knowOnlyThoseBelow() {
    for (int f = 0; f + 1 < FLOORS.size(); f++) {
      noClasses()
          .that()
          .resideInAPackage(FLOORS.get(f))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(FLOORS.subList(f + 1, FLOORS.size()).toArray(String[]::new))
          .because("each floor knows only those below it")
          .check(classes);
    }
  }

  /** Float twins that the build derives are not counted: nobody reads them. */
  @Test
  void floors_always_haveFewTypes() {
    TreeMap<String, Long> types =
        classes.stream()
            .filter(c -> !c.getName().contains("$") && !c.getSimpleName().equals("package-info"))
            .filter(c -> !c.getSimpleName().matches("(Scalar|Vector)Float.*|FloatLanes"))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName, TreeMap::new, Collectors.counting()));
    types.forEach((name, count) -> assertTrue(count <= MAX_TYPES, () -> name + " has " + count));
  }

  @Test
  void exportedPackages_always_haveFewPublicTypes() {
    for (String name :
        List.of(
            DOOR,
            DOOR + ".data",
            DOOR + ".explain",
            DOOR + ".formula",
            DOOR + ".mixture",
            DOOR + ".network")) {
      long count =
          classes.stream()
              .filter(c -> c.getPackageName().equals(name) && !c.getName().contains("$"))
              .filter(c -> c.getModifiers().contains(JavaModifier.PUBLIC))
              .count();
      assertTrue(count <= MAX_TYPES, () -> name + " has " + count);
    }
  }

  @Test
  void sources_always_areShort() throws IOException {
    Path root = Path.of("..");
    for (String module : List.of("engine", "compiler", "compiler/tool", "bench", "testdata")) {
      try (Stream<Path> files = Files.walk(root.resolve(module).resolve("src"))) {
        for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
          long lines = Files.readAllLines(file).size();
          assertTrue(lines <= MAX_LINES, () -> file + " has " + lines + " lines");
        }
      }
    }
  }
}
