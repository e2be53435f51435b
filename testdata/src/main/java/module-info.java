/** Test support shared by the modules: oracles, random circuits, golden files. */
module org.ugmm.testdata {
  requires static transitive org.jspecify;

  exports org.ugmm.testdata;
}
