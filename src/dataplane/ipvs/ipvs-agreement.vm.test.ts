import { ipvsUnderTest } from "../testing/ipvs-under-test.ts";
import { kernelAgreement } from "../testing/kernel-suites.ts";

kernelAgreement(ipvsUnderTest);
