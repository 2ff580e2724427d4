/** Options of a test that needs the kernel of the virtual machine, which tools/vm boots. */
export const onlyInVm = {
  skip: process.env.PORTHOLE_VM !== "1" && "runs in a virtual machine: npm run test:vm",
};
